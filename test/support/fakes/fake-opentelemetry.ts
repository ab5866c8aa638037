/** The part of `@opentelemetry/api` that the example in docs/operations.md uses. It records everything. */
export type Attributes = Record<string, string | number | boolean>;

export const SpanKind = { INTERNAL: 0, CLIENT: 2 } as const;
export type SpanKind = (typeof SpanKind)[keyof typeof SpanKind];
/** @public The example imports it. */
export const SpanStatusCode = { ERROR: 2 } as const;

export interface Span {
  setAttributes(attributes: Attributes): Span;
  setStatus(status: { code: number; message?: string }): Span;
  end(): void;
}

interface Context {
  readonly span: RecordedSpan | null;
}

/** A span with what was recorded on it. */
export class RecordedSpan implements Span {
  readonly name: string;
  readonly kind: SpanKind;
  readonly parent: RecordedSpan | null;
  readonly startTime: Date;
  readonly attributes: Attributes;
  error: string | null = null;
  isEnded = false;

  constructor(name: string, options: SpanOptions, { span }: Context) {
    this.name = name;
    this.kind = options.kind ?? SpanKind.INTERNAL;
    this.parent = span;
    this.startTime = options.startTime ?? new Date();
    this.attributes = { ...options.attributes };
    recordedSpans.push(this);
  }

  setAttributes(attributes: Attributes): Span {
    Object.assign(this.attributes, attributes);
    return this;
  }

  setStatus({ message }: { code: number; message?: string }): Span {
    this.error = message ?? null;
    return this;
  }

  end(): void {
    this.isEnded = true;
  }
}

interface SpanOptions {
  kind?: SpanKind;
  attributes?: Attributes;
  startTime?: Date;
}

interface Measurement {
  readonly name: string;
  readonly unit: string | null;
  readonly value: number;
  readonly attributes: Attributes;
}

export const recordedSpans: RecordedSpan[] = [];
export const measurements: Measurement[] = [];

const noSpan: Context = { span: null };

/** @public The example imports it. */
export const context = { active: (): Context => noSpan };

/** @public The example imports it. */
export const trace = {
  getTracer: (_name: string) => ({
    startSpan: (name: string, options: SpanOptions = {}, within = noSpan): Span =>
      new RecordedSpan(name, options, within),
  }),
  setSpan: (_context: Context, span: Span): Context => ({
    span: recordedSpans.find((recorded) => recorded === span) ?? null,
  }),
};

const instrument = (name: string, { unit = null }: { unit?: string | null } = {}) => {
  const tell = (value: number, attributes: Attributes = {}): void => {
    measurements.push({ name, unit, value, attributes });
  };
  return { record: tell, add: tell };
};

/** @public The example imports it. */
export const metrics = {
  getMeter: (_name: string) => ({
    createHistogram: instrument,
    createCounter: instrument,
    createUpDownCounter: instrument,
  }),
};
