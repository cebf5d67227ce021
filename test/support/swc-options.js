/** How the sources become JavaScript in tests: for Jest's transform and for the global set-up alike. */
export function swcOptions(type) {
  return {
    swcrc: false,
    jsc: {
      target: 'es2023',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
      keepClassNames: true,
    },
    module: { type },
    sourceMaps: 'inline',
  };
}
