/**
 * The page: a list of machines and images that follows the server, and the console of the chosen machine.
 */
import {
  getKenix,
  type ImageInfo,
  type InstanceInfo,
  type KenixInfo,
  listImages,
  listInstances,
  onTokenNeeded,
  request,
} from './api.ts'
import { createForm } from './create-form.ts'
import { badge, button, byId, element, tell } from './dom.ts'
import { ConsoleTerminal } from './terminal.ts'

const REFRESH_MS = 2000

/** What one can do to a machine in a state: verb and label. */
const ACTIONS: Record<string, [verb: string, label: string][]> = {
  created: [['start', 'Start']],
  stopped: [['start', 'Start']],
  failed: [['start', 'Start']],
  starting: [['stop', 'Stop']],
  running: [
    ['stop', 'Stop'],
    ['pause', 'Pause'],
    ['reset', 'Reset'],
  ],
  paused: [
    ['resume', 'Resume'],
    ['stop', 'Stop'],
    ['reset', 'Reset'],
  ],
  stopping: [['force', 'Force stop']],
}

const terminal = new ConsoleTerminal(byId('terminal'))
let instances: InstanceInfo[] = []
let images: ImageInfo[] = []
let kenix: KenixInfo | undefined
/** The server makes its first instance a while after its start: whoever waits for it sees it. */
let waiting = false
let chosen: string | undefined
let shown = ''

onTokenNeeded(
  () =>
    new Promise((resolve) => {
      const dialog = byId<HTMLDialogElement>('token')
      const form = byId<HTMLFormElement>('token-form')
      form.onsubmit = () => resolve(String(new FormData(form).get('token')))
      dialog.oncancel = (event) => event.preventDefault()
      dialog.showModal()
    }),
)

const openCreateForm = createForm((instance) => {
  choose(instance.id)
  void refresh()
})
byId('new-instance').addEventListener('click', () => openCreateForm(images))
byId('upload-image').addEventListener('click', () => byId('image-file').click())
byId('image-file').addEventListener('change', () => void upload())
document.addEventListener('visibilitychange', () => void refresh())
setInterval(() => {
  if (!document.hidden) void refresh()
}, REFRESH_MS)
await refresh()
const wanted = location.hash.slice(1)
const first = instances.find(({ id, name }) => id === wanted || name === wanted) ?? instances[0]
if (first) choose(first.id)
waiting = !first && kenix?.state === 'building'

/** Asks the server for the lists, and shows them if they changed. */
async function refresh(): Promise<void> {
  try {
    ;[instances, images, kenix] = await Promise.all([listInstances(), listImages(), getKenix()])
    byId('connection').textContent = ''
  } catch (error) {
    byId('connection').textContent = `The server does not answer: ${(error as Error).message}`
    return
  }
  if (chosen && !instances.some(({ id }) => id === chosen)) {
    chosen = undefined
    terminal.detach()
  }
  if (waiting && kenix?.state !== 'building') {
    waiting = false
    if (!chosen && kenix?.instance) choose(kenix.instance)
  }
  const now = JSON.stringify([instances, images, kenix, chosen])
  if (now === shown) return
  shown = now
  showInstances()
  showImages()
  showConsoleHead()
}

function showInstances(): void {
  const list = byId('instances')
  const focused = document.activeElement?.getAttribute('data-key')
  list.replaceChildren(...instances.map(card))
  if (kenix?.state === 'building' && !kenix.instance) {
    list.append(element('li', 'empty', `Building Kenix: ${kenix.detail ?? ''} …`))
  } else if (kenix?.state === 'failed') {
    list.append(element('li', 'empty', kenix.detail ?? 'Cannot build Kenix'))
  } else if (instances.length === 0) {
    list.append(
      element('li', 'empty', 'None yet. Upload a kernel or firmware, then make a machine.'),
    )
  }
  if (focused) list.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus()
}

function card(instance: InstanceInfo): HTMLElement {
  const { id, state, reason, detail, spec, stats } = instance
  const open = button('', 'card-open', () => choose(id))
  open.dataset['key'] = `open-${id}`
  const facts = [spec.cpu, `${spec.cpus ?? 1} CPU`, sizeOf(spec.memory)]
  if (state === 'stopped' || state === 'failed') facts.push(reason)
  if (state === 'running' && stats?.mips) facts.push(`${Math.round(stats.mips)} MIPS`)
  open.append(
    element('span', 'card-name', nameOf(instance), badge(state)),
    element('span', 'card-facts', facts.filter(Boolean).join(' · ')),
  )
  const item = element('li', id === chosen ? 'card chosen' : 'card', open)
  if (detail) item.append(element('p', 'card-detail', detail))
  item.append(actions(instance))
  return item
}

/** The buttons that fit an instance's state. */
function actions({ id, state }: InstanceInfo): HTMLElement {
  const made = element('span', 'actions')
  for (const [verb, label] of ACTIONS[state] ?? []) {
    const control = button(label, '', () => void act(id, verb))
    control.dataset['key'] = `${verb}-${id}`
    made.append(control)
  }
  if (['created', 'stopped', 'failed'].includes(state)) {
    made.append(button('Delete', 'danger', () => void remove(id)))
  }
  return made
}

async function act(id: string, verb: string): Promise<void> {
  try {
    if (verb === 'force') await request('POST', `/v1/instances/${id}/stop`, { mode: 'force' })
    else await request('POST', `/v1/instances/${id}/${verb}`)
    if (verb === 'start') choose(id)
  } catch (error) {
    tell(error)
  }
  await refresh()
}

async function remove(id: string): Promise<void> {
  const instance = instances.find((candidate) => candidate.id === id)
  if (!instance || !confirm(`Delete ${nameOf(instance)} with its disks and log?`)) return
  try {
    await request('DELETE', `/v1/instances/${id}`)
  } catch (error) {
    tell(error)
  }
  await refresh()
}

function showImages(): void {
  byId('images').replaceChildren(
    ...images.map(({ name, size }) => {
      const drop = button('Delete', 'danger', () => void removeImage(name))
      return element(
        'li',
        '',
        element('span', 'name', name),
        element('small', '', sizeOf(size)),
        drop,
      )
    }),
  )
}

async function removeImage(name: string): Promise<void> {
  if (!confirm(`Delete image ${name}?`)) return
  await request('DELETE', `/v1/images/${encodeURIComponent(name)}`).catch(tell)
  await refresh()
}

async function upload(): Promise<void> {
  const input = byId<HTMLInputElement>('image-file')
  const control = byId<HTMLButtonElement>('upload-image')
  const file = input.files?.[0]
  input.value = ''
  if (!file) return
  const name = prompt('Name of the image', file.name.replace(/[^A-Za-z0-9._-]+/g, '-'))
  if (!name) return
  control.disabled = true
  control.textContent = 'Uploading …'
  await request('PUT', `/v1/images/${encodeURIComponent(name)}`, file).catch(tell)
  control.disabled = false
  control.textContent = 'Upload'
  await refresh()
}

/** Attaches the terminal to an instance. */
function choose(id: string): void {
  if (chosen !== id) {
    chosen = id
    terminal.attach(id, {
      status: (status) => {
        hint(status.state)
        void refresh()
      },
      connection: (open) => {
        if (!open) byId('console-hint').textContent = 'Connecting …'
      },
    })
    const instance = instances.find((candidate) => candidate.id === id)
    history.replaceState(null, '', `#${instance?.name ?? id}`)
    void refresh()
  }
  terminal.focus()
  // On a small screen the console is below the lists.
  byId('console').scrollIntoView({ block: 'nearest' })
}

function hint(state: string): void {
  const off = ['created', 'stopped', 'failed'].includes(state)
  byId('console-hint').textContent = off
    ? `The machine is ${state === 'created' ? 'not started yet' : state}.`
    : state === 'paused'
      ? 'The machine is paused.'
      : ''
}

function showConsoleHead(): void {
  const instance = instances.find(({ id }) => id === chosen)
  byId('console-title').textContent = instance ? nameOf(instance) : 'No machine chosen'
  byId('console-state').replaceChildren(...(instance ? [badge(instance.state)] : []))
  byId('console-actions').replaceChildren(...(instance ? [actions(instance)] : []))
  if (!instance) byId('console-hint').textContent = 'Choose a machine to see its console.'
}

function nameOf({ id, name }: InstanceInfo): string {
  return name ?? id.slice(0, 8)
}

function sizeOf(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB']
  const unit = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10))
  return `${Math.round((bytes / 1024 ** unit) * 10) / 10} ${units[unit]}`
}
