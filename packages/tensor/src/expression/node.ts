import type { DType } from "../dtype.ts";

/** Operators of one operand. `not` is logical on bool and bitwise on integers; `round` rounds halves to even. */
export type UnaryOperator =
  | "neg"
  | "abs"
  | "sign"
  | "exp"
  | "expm1"
  | "log"
  | "log1p"
  | "sqrt"
  | "sin"
  | "cos"
  | "tan"
  | "asin"
  | "acos"
  | "atan"
  | "sinh"
  | "cosh"
  | "tanh"
  | "sigmoid"
  | "erf"
  | "floor"
  | "ceil"
  | "round"
  | "trunc"
  | "not";

/**
 * Operators of two operands. `remainder` and `floorDivide` follow the divisor's sign, as Python's do; `minimum` and
 * `maximum` give NaN when either operand is NaN; `and`, `or`, `xor` are logical on bool and bitwise on integers.
 */
export type BinaryOperator =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "floorDivide"
  | "remainder"
  | "pow"
  | "atan2"
  | "minimum"
  | "maximum"
  | "equal"
  | "less"
  | "lessEqual"
  | "and"
  | "or"
  | "xor"
  | "shiftLeft"
  | "shiftRight";

/** The types in which expressions compute. `uint32` exists for random bits alone: no tensor has it. */
export type ExprType = DType | "uint32";

/** What a node computes: a leaf (`input`, `parameter`, `constant`, `index`), a `cast`, `where`, or an operator. */
export type NodeKind =
  "input" | "parameter" | "constant" | "index" | "cast" | "where" | UnaryOperator | BinaryOperator;

/** What may stand where an expression is expected; a number is a constant of its neighbour's type. */
export type ExprLike = Expr | number;

/**
 * A pure elementwise expression: a node of an immutable graph, built by chaining.
 *
 * Leaves are the inputs' elements, scalar parameters, constants, and the element's row-major index in the output.
 * A backend runs any expression; the symbolic gradient of one is another.
 *
 * @example
 * import { differentiate, expression, printExpression } from "@tensorloom/tensor/backend";
 * const f = expression((x, y) => x.mul(y).tanh());
 * printExpression(f); // => tanh(x0 * x1)
 */
export class Expr {
  /** What this node computes. */
  readonly kind: NodeKind;
  /** The operands. */
  readonly operands: readonly Expr[];
  /** A constant's value; an input's or a parameter's number; 0 elsewhere. */
  readonly value: number;
  /** The target of a cast; float32 for a parameter that may have a fraction; undefined elsewhere. */
  readonly type: ExprType | undefined;

  /** @internal Use the methods and {@link Expr.constant}. */
  constructor(kind: NodeKind, operands: readonly Expr[], value = 0, type?: ExprType) {
    this.kind = kind;
    this.operands = operands;
    this.value = value;
    this.type = type;
  }

  /** Returns the element of input `number`. */
  static input(number: number): Expr {
    return new Expr("input", [], number);
  }

  /**
   * Returns scalar parameter `number`: a value given with each call, that does not change the kernel. It takes its
   * neighbour's type; one that may have a fraction makes integers beside it float32.
   */
  static parameter(number: number, mayHaveFraction = false): Expr {
    return new Expr("parameter", [], number, mayHaveFraction ? "float32" : undefined);
  }

  /** Returns a constant, of its neighbour's type. */
  static constant(value: number): Expr {
    return new Expr("constant", [], value);
  }

  /** Returns the element's row-major index in the output, as `uint32`. */
  static index(): Expr {
    return new Expr("index", []);
  }

  /** Returns `value` itself, or a constant of it. */
  static from(value: ExprLike): Expr {
    return typeof value === "number" ? Expr.constant(value) : value;
  }

  /** Tells whether this is the constant `value`. */
  isConstant(value: number): boolean {
    return this.kind === "constant" && Object.is(this.value, value);
  }

  #unary(kind: UnaryOperator): Expr {
    return new Expr(kind, [this]);
  }

  #binary(kind: BinaryOperator, other: ExprLike): Expr {
    return new Expr(kind, [this, Expr.from(other)]);
  }

  /** Converts to `type`: floats truncate towards zero and saturate into integers (NaN is 0); integers wrap. */
  cast(type: ExprType): Expr {
    return new Expr("cast", [this], 0, type);
  }
  /** Returns `this ? ifTrue : ifFalse`. */
  where(ifTrue: ExprLike, ifFalse: ExprLike): Expr {
    return new Expr("where", [this, Expr.from(ifTrue), Expr.from(ifFalse)]);
  }

  /** `this + other`. */
  add(other: ExprLike): Expr {
    return this.#binary("add", other);
  }
  /** `this - other`. */
  sub(other: ExprLike): Expr {
    return this.#binary("sub", other);
  }
  /** `this * other`. */
  mul(other: ExprLike): Expr {
    return this.#binary("mul", other);
  }
  /** `this / other`; integers divide as float32. */
  div(other: ExprLike): Expr {
    return this.#binary("div", other);
  }
  /** The quotient rounded down. */
  floorDivide(other: ExprLike): Expr {
    return this.#binary("floorDivide", other);
  }
  /** `this - floorDivide(this, other) * other`: has the divisor's sign. */
  remainder(other: ExprLike): Expr {
    return this.#binary("remainder", other);
  }
  /** `this` to the power `other`. */
  pow(other: ExprLike): Expr {
    return this.#binary("pow", other);
  }
  /** The angle of the point (other, this), in (-pi, pi]. */
  atan2(other: ExprLike): Expr {
    return this.#binary("atan2", other);
  }
  /** The smaller; NaN if either is. */
  minimum(other: ExprLike): Expr {
    return this.#binary("minimum", other);
  }
  /** The larger; NaN if either is. */
  maximum(other: ExprLike): Expr {
    return this.#binary("maximum", other);
  }
  /** `this = other`, bool. */
  equal(other: ExprLike): Expr {
    return this.#binary("equal", other);
  }
  /** `this ≠ other`, bool; true for NaN. */
  notEqual(other: ExprLike): Expr {
    return this.#binary("equal", other).not();
  }
  /** `this < other`, bool. */
  less(other: ExprLike): Expr {
    return this.#binary("less", other);
  }
  /** `this ≤ other`, bool. */
  lessEqual(other: ExprLike): Expr {
    return this.#binary("lessEqual", other);
  }
  /** `this > other`, bool. */
  greater(other: ExprLike): Expr {
    return Expr.from(other).less(this);
  }
  /** `this ≥ other`, bool. */
  greaterEqual(other: ExprLike): Expr {
    return Expr.from(other).lessEqual(this);
  }
  /** Logical on bool, bitwise on integers. */
  and(other: ExprLike): Expr {
    return this.#binary("and", other);
  }
  /** Logical on bool, bitwise on integers. */
  or(other: ExprLike): Expr {
    return this.#binary("or", other);
  }
  /** Logical on bool, bitwise on integers. */
  xor(other: ExprLike): Expr {
    return this.#binary("xor", other);
  }
  /** Integers shifted left by `other` bits, 0 to 31. */
  shiftLeft(other: ExprLike): Expr {
    return this.#binary("shiftLeft", other);
  }
  /** Integers shifted right by `other` bits: zeros enter a uint32, the sign an int32. */
  shiftRight(other: ExprLike): Expr {
    return this.#binary("shiftRight", other);
  }

  /** `-this`. */
  neg(): Expr {
    return this.#unary("neg");
  }
  /** The magnitude. */
  abs(): Expr {
    return this.#unary("abs");
  }
  /** -1, 0 or 1; NaN for NaN. */
  sign(): Expr {
    return this.#unary("sign");
  }
  /** e to the power `this`. */
  exp(): Expr {
    return this.#unary("exp");
  }
  /** `exp(this) - 1`, precise near 0. */
  expm1(): Expr {
    return this.#unary("expm1");
  }
  /** The natural logarithm. */
  log(): Expr {
    return this.#unary("log");
  }
  /** `log(1 + this)`, precise near 0. */
  log1p(): Expr {
    return this.#unary("log1p");
  }
  /** The square root. */
  sqrt(): Expr {
    return this.#unary("sqrt");
  }
  /** `this * this`. */
  square(): Expr {
    return this.mul(this);
  }
  /** The sine, of radians. */
  sin(): Expr {
    return this.#unary("sin");
  }
  /** The cosine, of radians. */
  cos(): Expr {
    return this.#unary("cos");
  }
  /** The tangent, of radians. */
  tan(): Expr {
    return this.#unary("tan");
  }
  /** The inverse sine, in radians. */
  asin(): Expr {
    return this.#unary("asin");
  }
  /** The inverse cosine, in radians. */
  acos(): Expr {
    return this.#unary("acos");
  }
  /** The inverse tangent, in radians. */
  atan(): Expr {
    return this.#unary("atan");
  }
  /** The hyperbolic sine. */
  sinh(): Expr {
    return this.#unary("sinh");
  }
  /** The hyperbolic cosine. */
  cosh(): Expr {
    return this.#unary("cosh");
  }
  /** The hyperbolic tangent. */
  tanh(): Expr {
    return this.#unary("tanh");
  }
  /** The error function. */
  erf(): Expr {
    return this.#unary("erf");
  }
  /** Rounds down. */
  floor(): Expr {
    return this.#unary("floor");
  }
  /** Rounds up. */
  ceil(): Expr {
    return this.#unary("ceil");
  }
  /** Rounds to the nearest; halves to even. */
  round(): Expr {
    return this.#unary("round");
  }
  /** Rounds towards zero. */
  trunc(): Expr {
    return this.#unary("trunc");
  }
  /** Logical on bool, bitwise on integers. */
  not(): Expr {
    return this.#unary("not");
  }
  /** `1 / (1 + exp(-this))`. */
  sigmoid(): Expr {
    return this.#unary("sigmoid");
  }
  /** `max(this, 0)`; NaN stays. Its derivative at 0 is 0. */
  relu(): Expr {
    return this.lessEqual(0).where(0, this);
  }
  /** `min(max(this, low), high)`; NaN stays. Its derivative at the bounds is 1, as in PyTorch. */
  clip(low: ExprLike, high: ExprLike): Expr {
    const isOrdered = typeof low === "number" && typeof high === "number" && low <= high;
    const lowest = isOrdered ? low : Expr.from(high).less(low).where(high, low);
    return this.less(low).where(lowest, this.greater(high).where(high, this));
  }
}
