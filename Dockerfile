# Three stages from one base: generate the database client, install what production needs, put both together.
FROM node:24-bookworm-slim AS base
WORKDIR /app
COPY package.json package-lock.json ./

FROM base AS generate
# No install script is wanted: they fetch a second Node and an embedded PostgreSQL, for development only.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run db:generate

FROM base AS production
# Prisma's client names the CLI and TypeScript as optional peers: only without optional do they (260 MB) stay away.
# It also brings a query compiler for each database it knows; one is ours.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
  && find node_modules/@prisma/client/runtime -name 'query_compiler_*' ! -name '*.postgresql.*' -delete \
  && find node_modules -name '*.map' -delete

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=production /app/node_modules node_modules
COPY package.json ./
COPY prisma/migrations prisma/migrations
COPY src src
COPY --from=generate /app/src/db/generated src/db/generated

# The files belong to root and the process does not: it cannot change its own code. By number, so that
# Kubernetes' runAsNonRoot can tell. Nothing is written to the file system; a read-only root is fine.
USER 1000:1000
EXPOSE 3000

# Liveness, not readiness: a database that is away for a minute is no reason to replace the container.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.MANAGEMENT_PORT || process.env.PORT}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
CMD ["node", "--max-semi-space-size=16", "--max-old-space-size=384", "src/server.ts"]
