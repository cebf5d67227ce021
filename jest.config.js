// Jest on native ES modules. Rooms are entered by their source index, so tests need no build.
const swc = (type) => ({
  jsc: {
    target: 'es2023',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    keepClassNames: true,
  },
  module: { type },
  sourceMaps: 'inline',
});
// CommonJS packages of Fastify require these ESM-only ones; below Node 24.9 Jest cannot, so they are turned into CommonJS.
const esmOnly = 'cookie|content-disposition';

export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/{libs,apps,test}/**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^#([a-z]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': ['@swc/jest', swc('es6')],
    [`/node_modules/(${esmOnly})/.+\\.js$`]: ['@swc/jest', swc('commonjs')],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly})/)`],
  maxWorkers: 2,
  testTimeout: 60_000,
};
