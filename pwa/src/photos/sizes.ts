/** 812 B, 34 KB, 1.2 MB. Pure. */
export const sizeText = (bytes: number): string => {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 999_500 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
