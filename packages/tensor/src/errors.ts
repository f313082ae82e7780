/** The stable codes of {@link TensorloomError}; test these, since `instanceof` fails across two installed copies. */
export type ErrorCode =
  | "SHAPE"
  | "DTYPE"
  | "ARGUMENT"
  | "BACKEND"
  | "BACKEND_UNAVAILABLE"
  | "UNSUPPORTED"
  | "OUT_OF_MEMORY"
  | "DEVICE_LOST"
  | "KERNEL_COMPILE"
  | "DISPOSED"
  | "FORMAT";

/**
 * The base class of every error that Tensorloom throws on purpose.
 *
 * Messages read `<operation>: <argument>: expected <what>, got <what>; <one thing to try>`.
 */
export class TensorloomError extends Error {
  /** The stable code of the kind of error. */
  readonly code: ErrorCode;

  /**
   * @param code - the stable code
   * @param message - what was asked, what was given, what would work
   * @param options - `cause`: the error behind this one
   */
  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** Shapes do not fit the operation or each other. Code `SHAPE`. */
export class ShapeError extends TensorloomError {
  /** @param message - names the operation, both shapes and the rule */
  constructor(message: string) {
    super("SHAPE", message);
  }
}

/** A dtype does not fit the operation, or a backend does not have it. Code `DTYPE`. */
export class DTypeError extends TensorloomError {
  /** @param message - names the operation, the dtype given and those that work */
  constructor(message: string) {
    super("DTYPE", message);
  }
}

/** An argument is out of its range or of the wrong kind. Code `ARGUMENT`. */
export class ArgumentError extends TensorloomError {
  /** @param message - names the operation, the argument, what was expected and what came */
  constructor(message: string) {
    super("ARGUMENT", message);
  }
}

/** A backend is unknown, not initialised, cannot be had here, or may not be mixed. Code `BACKEND` or `BACKEND_UNAVAILABLE`. */
export class BackendError extends TensorloomError {
  /**
   * @param message - names the backend and what would work
   * @param options - `unavailable`: this machine cannot run it; `cause`: the error behind this one
   */
  constructor(
    message: string,
    options: { readonly unavailable?: boolean; readonly cause?: unknown } = {},
  ) {
    super(options.unavailable === true ? "BACKEND_UNAVAILABLE" : "BACKEND", message, options);
  }
}

/** The operation exists, but not for these arguments or on this backend. Code `UNSUPPORTED`. */
export class UnsupportedError extends TensorloomError {
  /** @param message - names the operation, the backend and what would work */
  constructor(message: string) {
    super("UNSUPPORTED", message);
  }
}

/** A backend's memory is exhausted. Code `OUT_OF_MEMORY`. */
export class OutOfMemoryError extends TensorloomError {
  /**
   * @param message - says how much was asked for, is in use, and is allowed
   * @param options - `cause`: the error behind this one
   */
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("OUT_OF_MEMORY", message, options);
  }
}

/** The device behind a backend went away. Code `DEVICE_LOST`. */
export class DeviceLostError extends TensorloomError {
  /** @param message - names the backend and what was lost */
  constructor(message: string) {
    super("DEVICE_LOST", message);
  }
}

/** A backend's compiler refuses a kernel. Code `KERNEL_COMPILE`. */
export class KernelError extends TensorloomError {
  /**
   * @param message - names the kernel and says what the compiler said
   * @param options - `cause`: the error behind this one
   */
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("KERNEL_COMPILE", message, options);
  }
}

/** A tensor is used after it was disposed. Code `DISPOSED`. */
export class DisposedError extends TensorloomError {
  /** @param message - names the operation and the tensor */
  constructor(message: string) {
    super("DISPOSED", message);
  }
}

/** A file or a byte sequence is not what its format demands. Code `FORMAT`. */
export class FormatError extends TensorloomError {
  /**
   * @param message - names the file or tensor and what is wrong with it
   * @param options - `cause`: the error behind this one
   */
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("FORMAT", message, options);
  }
}
