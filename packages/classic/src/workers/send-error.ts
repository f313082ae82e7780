import {
  ArgumentError,
  BackendError,
  DeviceLostError,
  DisposedError,
  DTypeError,
  FormatError,
  KernelError,
  OutOfMemoryError,
  ShapeError,
  TensorloomError,
  UnsupportedError,
  type ErrorCode,
} from "@tensorloom/tensor";

/** What was thrown, as it goes to another thread: cloning keeps the classes of the language's own errors alone. */
export type SentError =
  | { readonly code: ErrorCode; readonly message: string; readonly stack: string | undefined }
  | { readonly thrown: unknown };

/** Returns what was thrown as data. */
export function sentError(thrown: unknown): SentError {
  if (!(thrown instanceof TensorloomError)) return { thrown };
  const { code, message, stack } = thrown;
  return { code, message, stack };
}

const classes = {
  SHAPE: ShapeError,
  DTYPE: DTypeError,
  ARGUMENT: ArgumentError,
  BACKEND: BackendError,
  UNSUPPORTED: UnsupportedError,
  OUT_OF_MEMORY: OutOfMemoryError,
  DEVICE_LOST: DeviceLostError,
  KERNEL_COMPILE: KernelError,
  DISPOSED: DisposedError,
  FORMAT: FormatError,
} as const;

/** Returns what was thrown there, of the class that it had. */
export function receivedError(sent: SentError): unknown {
  if ("thrown" in sent) return sent.thrown;
  const { code, message, stack } = sent;
  const error =
    code === "BACKEND_UNAVAILABLE"
      ? new BackendError(message, { unavailable: true })
      : new classes[code](message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
