# heuristrace with the native CPU engine, for Slurm (through Apptainer) and Kubernetes.
#   docker build -t heuristrace .
#   docker run --rm -v "$PWD/data:/data" heuristrace heuristrace sweep --db embedded.duckdb
FROM node:24-bookworm-slim AS build
RUN apt-get update \
  && apt-get install -y --no-install-recommends g++ python3 python3-pip \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/heuristrace
COPY package.json package-lock.json tsconfig*.json ./
RUN npm ci --ignore-scripts
COPY src ./src
COPY native ./native
COPY checkpoints ./checkpoints
COPY queries ./queries
COPY reports ./reports
RUN npm run build && npm prune --omit=dev --ignore-scripts
ENV HEURISTRACE_ENGINES=/opt/heuristrace/engines
RUN node dist/cli/main.js engine install tensorflow

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
  HEURISTRACE_ENGINES=/opt/heuristrace/engines \
  HF_HOME=/data/huggingface
COPY --from=build /opt/heuristrace /opt/heuristrace
RUN chmod +x /opt/heuristrace/dist/cli/main.js \
  && ln -s /opt/heuristrace/dist/cli/main.js /usr/local/bin/heuristrace \
  && mkdir -p /data
WORKDIR /data
CMD ["heuristrace", "--help"]
