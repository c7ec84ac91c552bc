/// <reference types="vite/client" />

/** The build's name, as records and the settings page tell it. */
declare const __BUILD__: string

// for ESLint only: vue-tsc knows every component itself
declare module '*.vue' {
  import type { Component } from 'vue'
  const component: Component
  export default component
}
