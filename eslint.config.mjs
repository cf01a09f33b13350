import { builtinModules } from 'node:module';
import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** The floors of docs/architecture.md: an arrow only ever points down. */
const floors = [1, 2, 3, 4, 5].map((floor) => ({
  sourceTag: `layer:${floor}`,
  onlyDependOnLibsWithTags: [
    ...Array.from({ length: floor - 1 }, (_, below) => `layer:${below + 1}`),
    'bench',
  ],
}));

const isomorphic = 'isomorphic code: what needs Node belongs in src/node/';

export default defineConfig(
  {
    ignores: [
      '**/dist/**',
      '**/out-tsc/**',
      '**/coverage/**',
      '**/generated/**',
      '**/assembly/**',
      '.nx/**',
      'out/**',
    ],
  },
  js.configs.recommended,
  tseslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.mjs', '**/*.js'],
    plugins: { '@nx': nx },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: true,
          allowCircularSelfDependency: true,
          allow: ['^.*/jest\\.preset\\.mjs$'],
          depConstraints: [
            ...floors,
            { sourceTag: 'wing:ground', onlyDependOnLibsWithTags: ['wing:ground', 'bench'] },
            {
              sourceTag: 'wing:analysis',
              onlyDependOnLibsWithTags: ['wing:analysis', 'wing:ground', 'bench'],
            },
            { sourceTag: 'wing:live', onlyDependOnLibsWithTags: ['wing:live', 'wing:ground', 'bench'] },
            // The one door between the wings: the machine hands owner records to dump-format.
            {
              sourceTag: 'wing:machine',
              onlyDependOnLibsWithTags: ['wing:live', 'wing:ground', 'door:records', 'bench'],
            },
            { sourceTag: 'wing:tooling', onlyDependOnLibsWithTags: ['*'] },
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        ['process', 'console', 'performance', 'URL', 'Buffer', 'setTimeout'].map((name) => [
          name,
          'readonly',
        ]),
      ),
    },
  },
  {
    // A promise that nobody awaits loses its error.
    files: ['packages/*/{src,test,bench,conformance}/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
    },
  },
  {
    // Floors 1 to 4 run in a browser unchanged; files, streams, threads and terminals live in src/node/.
    files: ['packages/*/src/**/*.ts'],
    ignores: ['packages/*/src/node/**', 'packages/cli/**', 'packages/measure/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: builtinModules.map((name) => ({ name, message: isomorphic })),
          patterns: [{ group: ['node:*', '**/node', '**/node/**'], message: isomorphic }],
        },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'ImportExpression[source.value=/^node:/]', message: isomorphic },
      ],
      'no-restricted-globals': ['error', 'process', 'Buffer', '__dirname', 'require'],
    },
  },
);
