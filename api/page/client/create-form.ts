/**
 * The form that makes a machine.
 */
import { type ImageInfo, type InstanceInfo, request } from './api.ts'
import { byId } from './dom.ts'

/** Prepares the form. @returns what opens it. */
export function createForm(made: (instance: InstanceInfo) => void): (images: ImageInfo[]) => void {
  const dialog = byId<HTMLDialogElement>('create')
  const form = byId<HTMLFormElement>('create-form')
  byId('create-cancel').addEventListener('click', () => dialog.close())
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    byId('create-error').textContent = ''
    try {
      const response = await request('POST', '/v1/instances', bodyOf(new FormData(form)))
      dialog.close()
      made(await response.json())
    } catch (error) {
      byId('create-error').textContent = (error as Error).message
    }
  })
  return (images) => {
    byId('create-error').textContent = ''
    for (const select of form.querySelectorAll<HTMLSelectElement>('[data-images]')) {
      const chosen = select.value
      select.replaceChildren(new Option('none', ''), ...images.map(({ name }) => new Option(name)))
      if (images.some(({ name }) => name === chosen)) select.value = chosen
    }
    dialog.showModal()
  }
}

/** The request body of what was filled in; what was left empty is left out. */
function bodyOf(data: FormData): Record<string, unknown> {
  const text = (name: string) => String(data.get(name) ?? '').trim() || undefined
  const disk = text('disk')
  const hub = text('hub')
  const boot = {
    firmware: text('firmware'),
    kernel: text('kernel'),
    initrd: text('initrd'),
    cmdline: text('cmdline'),
  }
  return {
    name: text('name'),
    cpu: text('cpu'),
    cpus: Number(text('cpus')),
    memory: text('memory'),
    gic: Number(text('gic')),
    boot,
    ...(disk ? { disks: [{ image: disk }] } : {}),
    ...(hub ? { networks: [{ type: 'hub', name: hub }] } : {}),
    autostart: data.get('autostart') !== null,
  }
}
