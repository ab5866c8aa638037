declare module "commonmark-spec" {
  interface SpecExample {
    readonly markdown: string;
    readonly html: string;
    readonly section: string;
    readonly number: number;
  }

  const spec: { readonly tests: readonly SpecExample[] };
  export default spec;
}
