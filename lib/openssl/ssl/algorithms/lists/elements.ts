/** The elements of a list with colons between, without the white space around them; some may be empty (`CONF_parse_list`). */
export function elements(text: string): string[] {
  return text.split(':').map(part => part.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, ''))
}
