/** Background jobs: pipelines that nobody waits for yet. Numbers are the smallest free ones. */
import { Ending, System } from './system'

export class Job {
  /** Tasks that have not ended, with the position of the last of the pipeline as `last`. */
  ending: Ending | null = null

  constructor(
    readonly number: i32,
    readonly tasks: Array<i32>,
    readonly pid: i64,
    readonly text: string,
  ) {}

  /** "[1] running   sleep 9 &" */
  toString(): string {
    const ending = this.ending
    let state = 'running'
    if (ending !== null) {
      state = ending.status === 0 ? 'done' : `exit ${ending.status}`
      if (ending.reason !== '') state = ending.reason
    }
    return `[${this.number}] ${state.padEnd(10)} ${this.text}`
  }
}

export class Jobs {
  readonly list: Array<Job> = [] as Job[]

  constructor(private readonly system: System) {}

  add(tasks: Array<i32>, pid: i64, text: string): Job {
    let number = 1
    while (this.find(number) !== null) number++
    const job = new Job(number, tasks, pid, text)
    this.list.push(job)
    return job
  }

  find(number: i32): Job | null {
    for (let i = 0; i < this.list.length; i++) {
      if (this.list[i].number === number) return this.list[i]
    }
    return null
  }

  /** The job that `%1`, a process id or nothing (the newest) means. */
  named(name: string): Job | null {
    if (name === '' || name === '%' || name === '%%' || name === '%+') {
      return this.list.length === 0 ? null : this.list[this.list.length - 1]
    }
    if (name.startsWith('%')) return this.find(I32.parseInt(name.substring(1)))
    for (let i = 0; i < this.list.length; i++) {
      if (this.list[i].pid.toString() === name) return this.list[i]
    }
    return null
  }

  remove(job: Job): void {
    const at = this.list.indexOf(job)
    if (at >= 0) this.list.splice(at, 1)
  }

  /** Waits until all of a job has ended, and forgets it. */
  finish(job: Job): Ending {
    while (job.tasks.length > 0) this.note(job, this.system.wait(job.tasks[0]))
    this.remove(job)
    return job.ending!
  }

  /** Takes note of tasks that have ended. True if all of the job has. */
  update(job: Job): bool {
    while (job.tasks.length > 0) {
      const ending = this.system.waitNow(job.tasks[0])
      if (ending === null) return false
      this.note(job, ending)
    }
    return true
  }

  /** The first task of a job has ended; the last one to be noted gives the job's status. */
  private note(job: Job, ending: Ending): void {
    job.tasks.shift()
    job.ending = ending
  }
}
