/** A picture as it will be sent: upright, at most 1600 px, JPEG; the phone's own copy stays in its album. */

const LONGEST_PX = 1600
const QUALITY = 0.82

export interface Shot {
  sha256: string
  type: string
  bytes: ArrayBuffer
}

/** This file is no picture that the phone can read. */
export class NoPicture extends Error {
  override name = 'NoPicture'
}

/** The size that fits, never larger than it was. Pure. */
export const fitted = (width: number, height: number, longest = LONGEST_PX): { width: number; height: number } => {
  const scale = Math.min(1, longest / Math.max(width, height, 1))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** Make a file of the camera or the album ready to be sent. */
export const shot = async (file: Blob): Promise<Shot> => {
  let picture: ImageBitmap
  try {
    // turned by its EXIF, which the copy no longer carries (nor the place where it was taken)
    picture = await createImageBitmap(file, { imageOrientation: 'from-image' })
  } catch {
    throw new NoPicture()
  }
  const { width, height } = fitted(picture.width, picture.height)
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width, height })
  const brush = canvas.getContext('2d')
  if (!brush) throw new NoPicture()
  brush.drawImage(picture, 0, 0, width, height)
  picture.close()
  const copy = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY))
  // a phone short of memory gives nothing back
  if (!copy) throw new NoPicture()
  const bytes = await copy.arrayBuffer()
  return { sha256: await sha256(bytes), type: 'image/jpeg', bytes }
}

/** The name of a photo: the SHA-256 of its bytes, in hex. WebCrypto works beside the page's thread. */
export const sha256 = async (bytes: ArrayBuffer): Promise<string> =>
  [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
