/** What a parser of bytes wants to know beside the bytes. */
export interface ParseOptions {
  /**
   * How errors name the bytes, for example the path of their file.
   *
   * @default "the bytes"
   */
  readonly source?: string;
}
