/** A file that no Linux that dune knows runs. */
export interface UnfitFile {
  readonly kind: "unfit";
  /** What it is for where it is for another machine: `Windows`. */
  readonly machine?: string;
  /** What it is where it is no program: completes `is …`. */
  readonly what?: string;
  readonly hint?: string;
}
