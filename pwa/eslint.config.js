import { defineConfig } from 'eslint/config'
import vue from 'eslint-plugin-vue'
import tseslint from 'typescript-eslint'

/** Which folders of src a folder may import from; only the router (and main.ts) knows the features. */
const MAY_IMPORT = {
  lib: [],
  i18n: ['lib'],
  device: ['lib'],
  api: ['device', 'lib'],
  offline: ['api', 'device', 'lib', 'i18n'],
  session: ['offline', 'api', 'device', 'lib', 'i18n'],
  ui: ['i18n', 'lib'],
  photos: ['offline', 'api', 'device', 'ui', 'i18n', 'lib'],
  presence: ['session', 'photos', 'offline', 'api', 'device', 'ui', 'i18n', 'lib'],
  ledger: ['session', 'offline', 'api', 'device', 'ui', 'i18n', 'lib'],
  features: ['ledger', 'presence', 'session', 'photos', 'offline', 'api', 'device', 'ui', 'i18n', 'lib'],
  shell: ['ledger', 'session', 'offline', 'api', 'device', 'ui', 'i18n', 'lib'],
}

const folders = Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
  files: [`src/${folder}/**/*.{ts,vue}`],
  rules: {
    'no-restricted-imports': ['error', {
      patterns: [
        {
          // inside a folder (for features: inside one feature) imports are relative
          regex: `^@/(?!(${allowed.length ? allowed.join('|') : 'nothing'})(/|$))`,
          message: `src/${folder} may import only from: ${allowed.join(', ') || 'nothing'} (pwa/README.md).`,
        },
        {
          regex: folder === 'features' ? '^\\.\\./' : '^\\.\\./\\.\\./',
          message: 'Leave a folder by @/…; a feature imports no other feature.',
        },
      ],
    }],
  },
}))

export default defineConfig(
  { ignores: ['dist', 'node_modules', 'src/api/schema.gen.ts', 'src/components.gen.d.ts', 'eslint.config.js'] },
  ...tseslint.configs.strictTypeChecked,
  ...vue.configs['flat/recommended'],
  {
    languageOptions: {
      parserOptions: {
        parser: tseslint.parser,
        project: ['./tsconfig.app.json', './tsconfig.tests.json', './tsconfig.sw.json', './tsconfig.node.json'],
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.vue'],
      },
    },
    rules: {
      'no-console': 'error',
      eqeqeq: 'error',
      'no-eval': 'error',
      'no-restricted-properties': ['error',
        { property: 'innerHTML', message: 'Text goes through textContent or a template.' },
        { property: 'outerHTML', message: 'Text goes through textContent or a template.' },
        { property: 'insertAdjacentHTML', message: 'Text goes through textContent or a template.' },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // `const { secret: _, ...rest }` is how a field is left out
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, argsIgnorePattern: '^_' }],
      // it does not see that a destructured prop may be absent
      '@typescript-eslint/no-useless-default-assignment': 'off',
      // an absent optional prop is undefined, as its type says
      'vue/require-default-prop': 'off',
      // numbers in sentences are meant
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'vue/no-v-html': 'error',
      'vue/no-v-text-v-html-on-component': 'error',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/component-api-style': ['error', ['script-setup']],
      // the one layout of attributes is the writer's business
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/html-indent': 'off',
      'vue/multi-word-component-names': 'off',
    },
  },
  ...folders,
)
