/** A problem+json of the service; `detail` is Chinese and says how to mend it, `title` is English. */
export interface ApiProblem {
  status: number
  code: string
  title: string
  detail: string
  errors: { where: string; why: string }[]
}
