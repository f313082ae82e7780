/** What a worker is told: a job begins, with what is common to its parts; a part of it is to be computed; it is over. */
export type Request =
  | { readonly kind: "begin"; readonly job: number; readonly common: unknown }
  | {
      readonly kind: "part";
      readonly job: number;
      readonly task: string;
      readonly part: unknown;
    }
  | { readonly kind: "end"; readonly job: number };

/** What a worker answers. */
export type Reply =
  /** It listens; a browser's may name the lock that it holds as long as it runs. */
  | { readonly kind: "ready"; readonly lifeLock?: string | undefined }
  | { readonly kind: "result"; readonly result: unknown }
  | { readonly kind: "error"; readonly error: unknown };
