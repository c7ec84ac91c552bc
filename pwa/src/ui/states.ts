/** Every state that a pill can show, its word and its tone: a closed set, so that a new one does not compile unseen. */

export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'quiet'

export const TONES = {
  // of a record on its way
  on_phone: 'warn',
  sending: 'info',
  sent: 'good',
  needs_you: 'bad',
  withdrawn: 'quiet',
  // of a record at the service
  counted: 'good',
  in_review: 'info',
  not_counted: 'warn',
  // of a diary: written in its month or after it, still here, still being written
  on_time: 'good',
  after_month: 'warn',
  not_sent: 'warn',
  unfinished: 'quiet',
  // of an activity or a submission at the service
  recorded: 'good',
  draft: 'quiet',
  submitted: 'info',
  returned: 'bad',
  accepted: 'good',
  // of a place
  inside: 'good',
  near: 'info',
  outside: 'warn',
  unknown: 'quiet',
  // of a standing
  met: 'good',
  on_track: 'info',
  at_risk: 'warn',
  unreachable: 'bad',
  not_met: 'bad',
  late: 'warn',
  not_assessed: 'quiet',
  excused: 'quiet',
} as const satisfies Record<string, Tone>

export type State = keyof typeof TONES
