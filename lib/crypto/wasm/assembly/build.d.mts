/** The text of ../module.ts. */
export function compile(): Promise<string>
