// Which colleagues the transfer dialog lists.

/** From so many on there is a search field. */
export const SEARCHED_FROM = 9;

/** Those whose name or id has the words in it, in the order given. */
export function withName(colleagues, sought) {
  const words = sought.trim().toLocaleLowerCase();
  return colleagues.filter(({ id, name }) => `${name} ${id}`.toLocaleLowerCase().includes(words));
}
