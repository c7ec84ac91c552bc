/// <reference types="vite/client" />

/** The build's name, as records and the settings page tell it. */
declare const __BUILD__: string
