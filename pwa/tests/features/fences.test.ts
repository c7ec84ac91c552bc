import { describe, expect, it } from 'vitest'
import { directionTo, drawn, fresh, kindOf, metresFrom, moved, nearestFirst, radiusOf, taken, type FenceNow, type Proposal } from '@/features/fences/fences'

const fence = (over: Partial<FenceNow> = {}): FenceNow => ({
  id: 'f1',
  name: '村委会',
  lat: 28,
  lon: 115,
  radius_m: 800,
  polygon: null,
  invented: false,
  valid_from: '2020-01-01',
  valid_to: null,
  rev: 3,
  ...over,
})
const proposal = (over: Partial<Proposal> = {}): Proposal => ({
  village: '360321101201',
  name: '一村',
  fences: [fence()],
  lat: 28.003,
  lon: 115.004,
  away_m: 515,
  bearing: 50,
  fixes: 40,
  people: 3,
  days: 12,
  shifted: false,
  suspended: false,
  may_voice: false,
  says: '',
  looked_at: '2026-11-22T01:00:00Z',
  ...over,
})

describe('why a village is listed', () => {
  it('tells a suspended check from one that has its voice back', () => {
    expect(kindOf(proposal({ shifted: true, suspended: true }))).toBe('shifted')
    expect(kindOf(proposal({ shifted: true }))).toBe('trusted')
    expect(kindOf(proposal({ suspended: true }))).toBe('still')
    expect([kindOf(proposal()), kindOf(proposal({ fences: [] }))]).toEqual(['away', 'missing'])
  })
})

describe('a proposed centre', () => {
  it('lies in one of eight directions', () => {
    const here = { lat: 28, lon: 115 }
    expect(directionTo(here, { lat: 28.01, lon: 115 })).toBe('n')
    expect(directionTo(here, { lat: 28.01, lon: 115.0113 })).toBe('ne')
    expect(directionTo(here, { lat: 28, lon: 114.99 })).toBe('w')
    expect(directionTo(here, { lat: 27.99, lon: 115.0001 })).toBe('s')
    expect(directionTo(here, { lat: 28.01, lon: 114.9999 })).toBe('n')
    const { east, north } = metresFrom(here, { lat: 27.99, lon: 115.01 })
    expect([Math.round(north), Math.round(east)]).toEqual([-1112, 982])
  })

  it('moves a circle and leaves all else: name, radius, days', () => {
    const change = moved(fence(), proposal())
    expect(change).toMatchObject({ is: 'circle', metres: 515, direction: 'ne' })
    expect(change.body).toEqual({
      name: '村委会', lat: 28.003, lon: 115.004, radius_m: 800, polygon: null, datum: 'wgs84', valid_from: '2020-01-01', valid_to: null,
    })
  })

  it('moves a polygon as a whole', () => {
    const change = moved(fence({ polygon: [[28.001, 115.001], [28.001, 114.999], [27.999, 115]] }), proposal())
    expect(change.is).toBe('polygon')
    expect(change.body.polygon).toEqual([[28.004, 115.005], [28.004, 115.003], [28.002, 115.004]])
  })

  it('is a new fence where there is none, with a radius that a fence may have', () => {
    expect(fresh(proposal(), 900).body).toMatchObject({ lat: 28.003, lon: 115.004, radius_m: 900, polygon: null, valid_from: null })
    expect(['900', ' 50000 ', '0', '50001', '1.5', '', '一千'].map(radiusOf)).toEqual([900, 50_000, null, null, null, null, null])
  })

  it('was measured from the nearest fence, and is taken over once one lies there', () => {
    const far = fence({ id: 'f2', lat: 28.1 })
    expect(nearestFirst(proposal({ fences: [far, fence()] })).map(({ id }) => id)).toEqual(['f1', 'f2'])
    expect(taken(proposal())).toBe(false)
    expect(taken(proposal({ fences: [far, fence({ lat: 28.0031, lon: 115.004 })] }))).toBe(true)
    expect(taken(proposal({ fences: [] }))).toBe(false)
  })

  it('is drawn with all fences in the picture, also where there is none', () => {
    const picture = drawn(proposal())
    expect(picture.fences[0]).toMatchObject({ x: -393, y: 334, r: 800, ring: null })
    expect(picture.half).toBeGreaterThan(515 + 800)
    expect(drawn(proposal({ fences: [] }))).toEqual({ half: 220, fences: [] })
    const ring = drawn(proposal({ fences: [fence({ polygon: [[28.003, 115.004], [28.003, 115.014], [28.013, 115.004]] })] }))
    expect(ring.fences[0]?.ring).toBe('0,0 982,0 0,-1112')
  })
})
