// What a customer wrote as their number, as a link that a telephone or its program opens.

/** "+49 (0)30 12-34" -> "tel:+49301234"; null for what can't be dialled, as an address. */
export function telephoneLink(text) {
  // Full-width digits and signs, as Chinese keyboards give them, are plain ones from here on.
  let number = text.normalize("NFKC").replaceAll(/[\s.\/\u2010-\u2015-]/g, "");
  // Whoever dials the country leaves out the zero that stands in brackets.
  if (number.startsWith("+")) number = number.replace("(0)", "");
  number = number.replaceAll(/[()]/g, "");
  return /^\+?[\d*#]+$/.test(number) ? `tel:${number.replaceAll("#", "%23")}` : null;
}
