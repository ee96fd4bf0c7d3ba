// Shuts the process's standard error while libraries load: TensorFlow reports to it before its log level is in force.
#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>

static int kept = -1;

static napi_value Shut(napi_env, napi_callback_info) {
  const int nowhere = open("/dev/null", O_WRONLY);
  if (nowhere < 0 || kept >= 0) return nullptr;
  kept = dup(2);
  dup2(nowhere, 2);
  close(nowhere);
  return nullptr;
}

static napi_value Open(napi_env, napi_callback_info) {
  if (kept < 0) return nullptr;
  dup2(kept, 2);
  close(kept);
  kept = -1;
  return nullptr;
}

NAPI_MODULE_INIT() {
  napi_value shut, reopen;
  napi_create_function(env, "shut", NAPI_AUTO_LENGTH, Shut, nullptr, &shut);
  napi_create_function(env, "open", NAPI_AUTO_LENGTH, Open, nullptr, &reopen);
  napi_set_named_property(env, exports, "shut", shut);
  napi_set_named_property(env, exports, "open", reopen);
  return exports;
}
