package io.darkroom.lora;

/** What a tensor of an adapter's file is to its layer. */
enum Part {
  /** LoRA's second matrix, {@code [out, rank]}. */
  UP,
  /** LoRA's first matrix, {@code [rank, in]}. */
  DOWN,
  /** LoCon's kernel between them. */
  MID,
  /** What peft adds to the bias, scaled as the matrices are. */
  UP_BIAS,
  /** The scale's numerator; for OFT the constraint. */
  ALPHA,
  /** DoRA's magnitudes as LyCORIS and kohya's tools write them. */
  MAGNITUDE,
  /** DoRA's magnitudes as peft writes them. */
  PEFT_MAGNITUDE,
  /** The whole difference of a weight. */
  DIFFERENCE,
  /** The whole difference of a bias. */
  BIAS_DIFFERENCE,
  /** LoHa's factors. */
  HADAMARD_1_A,
  HADAMARD_1_B,
  HADAMARD_2_A,
  HADAMARD_2_B,
  /** LoHa's kernels between its factors. */
  HADAMARD_1_KERNEL,
  HADAMARD_2_KERNEL,
  /** LoKr's first factor, whole or as a product. */
  KRONECKER_1,
  KRONECKER_1_A,
  KRONECKER_1_B,
  /** LoKr's second factor, whole or as a product. */
  KRONECKER_2,
  KRONECKER_2_A,
  KRONECKER_2_B,
  /** The kernel between the second factor's matrices. */
  KRONECKER_2_KERNEL,
  /** (IA)^3's factors. */
  SCALING,
  /** Whether they are those of the input. */
  ON_INPUT,
  /** OFT's blocks. */
  ROTATION,
  /** OFT's factors of the output. */
  ROTATION_RESCALE
}
