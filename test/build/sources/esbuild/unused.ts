export const word = "unused";
