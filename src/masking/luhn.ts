/** Whether digits, the last of them the check digit, satisfy ISO/IEC 7812-1, annex B. */
export function passesLuhn(digits: readonly number[]): boolean {
  return luhnSum(digits) % 10 === 0;
}

/** The digit that must stand last for the others to pass. */
export function luhnCheckDigit(others: readonly number[]): number {
  return (10 - (luhnSum([...others, 0]) % 10)) % 10;
}

function luhnSum(digits: readonly number[]): number {
  let sum = 0;
  for (const [index, digit] of digits.entries()) {
    const doubled = (digits.length - index) % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum;
}

const shortestCard = 12;
const longestCard = 19;

/** The digits of what is written as a card number, grouped or not, and passes; else null. */
export function cardDigits(text: string): readonly number[] | null {
  if (!/^\d[\d -]*\d$/.test(text)) return null;
  const digits = [...text.replace(/[ -]/g, '')].map(Number);
  if (digits.length < shortestCard || digits.length > longestCard) return null;
  return passesLuhn(digits) ? digits : null;
}
