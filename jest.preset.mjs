/** ESM under ts-jest; workspace packages resolve to their sources through the `@page-owner/source` condition. */
const preset = {
  testEnvironment: 'node',
  testEnvironmentOptions: {
    customExportConditions: ['@page-owner/source', 'node', 'node-addons'],
  },
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/test/**/*.spec.ts'],
  transform: {
    '^.+\\.ts$': ['ts-jest', { useESM: true, tsconfig: '<rootDir>/tsconfig.spec.json' }],
  },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  // For what hangs; how long a test takes on a busy machine says nothing.
  testTimeout: 120_000,
  coverageProvider: 'v8',
  coverageDirectory: '<rootDir>/coverage',
  collectCoverageFrom: ['<rootDir>/src/**/*.ts'],
};
export default preset;
