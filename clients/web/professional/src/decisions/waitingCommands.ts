import { type DeviceStore, type WaitingCommand } from '@coplan/care-plan/device';
import { Observable } from '@coplan/care-plan/sync';
import { paths, type PlanId, post, Problem, Unreachable } from '../api';
import type { Command } from './decision';

/** What became of a command: carried out, or kept on this device until there is a connection. */
export type Sent = 'sent' | 'waiting';

/**
 * Commands of one plan that wait on this device for a connection. None of them is in force.
 *
 * They survive a reload; each goes under the id that it was made with, so that sending one twice does it once. What the
 * server refuses stays here with the reason, until somebody discards it.
 */
export class WaitingCommands {
  readonly plan: PlanId;
  readonly all = new Observable<WaitingCommand[]>([]);
  readonly #device: DeviceStore;
  #sending = false;

  constructor(plan: PlanId, device: DeviceStore) {
    this.plan = plan;
    this.#device = device;
  }

  /** Reads what waited on this device. */
  async open(): Promise<void> {
    this.all.set(await this.#device.commands(this.plan));
  }

  /** Sends a command, or keeps it if the server cannot be reached. Rejects with the server's refusal. */
  async give(command: Command): Promise<Sent> {
    const path = paths.decisions(this.plan);
    try {
      await post(path, command);
      return 'sent';
    } catch (problem) {
      if (!(problem instanceof Unreachable)) throw problem;
    }
    const madeAt = new Date().toISOString();
    const body = { ...command, ...(command.command === 'record' ? { made_at: madeAt } : {}) };
    await this.#device.keepCommand({ id: command.id, plan: this.plan, path, body, madeAt });
    await this.open();
    return 'waiting';
  }

  /** Sends what waits, oldest first. Says whether anything was carried out. */
  async sendAll(): Promise<boolean> {
    if (this.#sending) return false;
    this.#sending = true;
    let carriedOut = false;
    try {
      for (const command of this.all.value.filter(({ refused }) => !refused)) {
        await post(command.path, command.body).then(
          () => this.#device.forgetCommand(command),
          (problem) => this.#refused(command, problem),
        );
        carriedOut = true;
      }
    } catch (problem) {
      if (!(problem instanceof Unreachable)) throw problem;
    } finally {
      this.#sending = false;
      await this.open();
    }
    return carriedOut;
  }

  async discard(command: WaitingCommand): Promise<void> {
    await this.#device.forgetCommand(command);
    await this.open();
  }

  /** Keeps a refusal with its command. A server in trouble, or a session that has ended, refuses nothing. */
  async #refused(command: WaitingCommand, problem: unknown): Promise<void> {
    const final = problem instanceof Problem && problem.status < 500 && problem.status !== 401;
    if (!final) throw new Unreachable('the command waits on');
    await this.#device.keepCommand({ ...command, refused: { code: problem.code, detail: problem.message } });
  }
}
