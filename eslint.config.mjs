import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

const CALLS_ONLY_ITS_DATABASE = 'The service calls no host but its database; send it what it must know.'

export default defineConfig(
  { ignores: ['node_modules/', 'src/db/generated/', 'coverage/', '.data/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Fastify plugins and ports are async by convention, whether or not they await.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // A leading underscore says: taken apart only to be left out.
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 12],
      'max-params': ['error', 4],
    },
  },
  {
    // The rule calls-only-its-database (.dependency-cruiser.mjs) sees what is imported, this what needs no import.
    files: ['src/**'],
    ignores: ['src/cli/**', 'src/demo/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['fetch', 'WebSocket', 'EventSource'].map((name) => ({ name, message: CALLS_ONLY_ITS_DATABASE })),
      ],
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          name: 'node:net',
          importNames: ['default', 'connect', 'createConnection', 'Socket'],
          allowTypeImports: true,
          message: CALLS_ONLY_ITS_DATABASE,
        },
      ],
    },
  },
  {
    files: ['test/**', '*.config.*', '.dependency-cruiser.mjs'],
    rules: {
      'max-lines-per-function': 'off',
      'max-lines': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
)
