import { describe, expect, it } from 'vitest'
import { nameIn } from '@/api/client'

describe('the name of a file that is taken away', () => {
  it('is the one that the service gave it', () => {
    const told = "attachment; filename=\"zhucun-evidence-2026-Q4-1a2b3c4d.zip\"; filename*=UTF-8''zhucun-evidence-2026-Q4-1a2b3c4d.zip"
    expect(nameIn(told)).toBe('zhucun-evidence-2026-Q4-1a2b3c4d.zip')
  })
  it('is never a path', () => {
    expect([nameIn('attachment; filename="../a.zip"'), nameIn(null)]).toEqual(['zhucun', 'zhucun'])
  })
})
