/** The pages of documents, in one piece: who opens one opens the others; each piece more costs every first start. */
export { default as AdoptPage } from './AdoptPage.vue'
export { default as ClosingsPage } from './ClosingsPage.vue'
export { default as PackPage } from './PackPage.vue'
export { default as PacksPage } from './PacksPage.vue'
