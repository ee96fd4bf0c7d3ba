      // Of heuristrace: a list of strings, which tfjs-node's binding cannot pass; `src/model/fused-product.ts` needs one.
      if (IsArray(env, nstatus, &js_value)) {
        uint32_t count;
        nstatus = napi_get_array_length(env, js_value, &count);
        ENSURE_NAPI_OK(env, nstatus);
        std::vector<std::string> texts(count);
        std::vector<const void *> starts(count);
        std::vector<size_t> sizes(count);
        for (uint32_t i = 0; i < count; i++) {
          napi_value text;
          nstatus = napi_get_element(env, js_value, i, &text);
          ENSURE_NAPI_OK(env, nstatus);
          nstatus = GetStringParam(env, text, texts[i]);
          ENSURE_NAPI_OK(env, nstatus);
          starts[i] = texts[i].data();
          sizes[i] = texts[i].size();
        }
        TFE_OpSetAttrStringList(tfe_op, attr_name, starts.data(), sizes.data(), static_cast<int>(count));
        break;
      }
