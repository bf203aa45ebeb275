# The service in one image: JETWAY_ROLE says whether a container is `api`, `worker` or the one-shot `migrate`.
# Name NODE_IMAGE by digest (node:24-bookworm-slim@sha256:…) to have the same image each time; see docs/deploy.md.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM ${NODE_IMAGE}
ENV AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true
ENV NODE_OPTIONS="--max-semi-space-size=8"
WORKDIR /app
# Certificates of RDS, from https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem, beside this file.
COPY rds-global-bundle.pem /etc/ssl/rds-global-bundle.pem
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/rds-global-bundle.pem
COPY --from=build /app/package.json ./
COPY --from=build /app/dist ./dist
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/services ./services
COPY --from=build /app/workflows ./workflows
COPY --from=build /app/db/migrations ./db/migrations
# The root file system is read-only when it runs; a volume takes its owner and mode from here.
RUN mkdir -p /tmp && chmod 1777 /tmp
VOLUME ["/tmp"]
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node"]
CMD ["dist/services/main.js"]
