/**
 * Goes through a list with commas, blanks around its elements taken off (OpenSSL's CONF_parse_list). An empty element, or one
 * that is not taken, ends it.
 */
export function parseList(list: string, take: (element: string) => boolean): boolean {
  return list.split(',').every(part => {
    const element = part.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '')
    return element !== '' && take(element)
  })
}

/** C's atoi: leading blanks, a sign and digits; 0 for anything else. */
export function atoi(text: string): number {
  const [digits = '0'] = /^[ \t\n\v\f\r]*[+-]?\d+/.exec(text) ?? []
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Number(digits.trim())))
}
