import { Tag } from './der.ts'
import { malformed, PkiFailure } from './failure.ts'
import { isPrintable } from './name.ts'

/** What an attribute's value may be: its string type and its length in characters (RFC 5280 appendix A.1). */
interface AttributeRule {
  readonly tag: number
  readonly minimum: number
  readonly maximum: number
}

const rule = (maximum: number, tag: number = Tag.utf8String, minimum = 1): AttributeRule => ({ tag, minimum, maximum })

const RULES: ReadonlyMap<string, AttributeRule> = new Map([
  ['2.5.4.3', rule(64)],
  ['2.5.4.6', rule(2, Tag.printableString, 2)],
  ['2.5.4.7', rule(128)],
  ['2.5.4.8', rule(128)],
  ['2.5.4.10', rule(64)],
  ['2.5.4.11', rule(64)],
  ['1.2.840.113549.1.9.1', rule(128, Tag.ia5String)],
  ['2.5.4.42', rule(32768)],
  ['2.5.4.4', rule(32768)],
  ['2.5.4.43', rule(32768)],
  ['2.5.4.41', rule(32768)],
  ['2.5.4.5', rule(64, Tag.printableString)],
  ['2.5.4.46', rule(Number.POSITIVE_INFINITY, Tag.printableString, 0)],
  ['0.9.2342.19200300.100.1.25', rule(Number.POSITIVE_INFINITY, Tag.ia5String)],
])

const DEFAULT_RULE = rule(Number.POSITIVE_INFINITY, Tag.utf8String, 0)

/**
 * A text as the value of an attribute, in the string type its attribute wants. Throws `PkiFailure` when it does not
 * fit.
 */
export function attributeValue(oid: string, text: string): { tag: number; value: Uint8Array } {
  const { tag, minimum, maximum } = RULES.get(oid) ?? DEFAULT_RULE
  const length = [...text].length
  if (length < minimum || length > maximum) throw malformed(`attribute ${oid} of ${length} characters`)
  if (tag === Tag.printableString && !isPrintable(text)) throw new PkiFailure('malformed', 'not a PrintableString')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: IA5String is ASCII with its control characters
  if (tag === Tag.ia5String && !/^[\x00-\x7f]*$/.test(text)) throw new PkiFailure('malformed', 'not an IA5String')
  return { tag, value: new Uint8Array(Buffer.from(text, 'utf8')) }
}
