/**
 * Small helpers to make elements. Text is only ever set as text.
 */

/** The element with an id, which the page has. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T
}

/** Makes an element with a class and children. */
export function element(
  tag: string,
  className: string,
  ...children: (Node | string)[]
): HTMLElement {
  const made = document.createElement(tag)
  if (className) made.className = className
  made.append(...children)
  return made
}

/** Makes a button. */
export function button(text: string, className: string, click: () => void): HTMLButtonElement {
  const made = document.createElement('button')
  made.type = 'button'
  made.textContent = text
  made.className = className
  made.addEventListener('click', click)
  return made
}

/** A state's badge. */
export function badge(state: string): HTMLElement {
  const made = element('span', 'badge', state)
  made.dataset['state'] = state
  return made
}

/** Shows a message for a while. */
export function tell(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error)
  const message = element('div', 'message', text)
  byId('messages').append(message)
  setTimeout(() => message.remove(), 8000)
}
