import { mkdir } from 'node:fs/promises';
import { safeText } from '../../core/safe-text.ts';
import { UserError } from '../../core/user-error.ts';
import { provideRemovableOrders } from '../sample.ts';
import { TourError } from './check.ts';
import { type Scene, setScene, type TourOptions } from './scene.ts';
import { tourSteps } from './steps.ts';

/**
 * Plays the tour; true when every step of it happened. Puts the sample back as it was.
 * Throws the signal's reason when aborted.
 */
export async function playTour(options: TourOptions): Promise<boolean> {
  const { demo, signal, say, style, pause } = options;
  await mkdir(demo.folder.tour, { recursive: true, mode: 0o700 });
  const steps = tourSteps();
  let title = 'the sample is prepared';
  let scene: Scene | null = null;
  let putBack = async (): Promise<void> => {};
  try {
    putBack = await provideRemovableOrders(demo.target.query);
    scene = await setScene(options);
    for (const [index, step] of steps.entries()) {
      title = step.title;
      say('');
      say(style.title(`${index + 1}/${steps.length}  ${title}`));
      say('');
      await pause(1_000);
      await step.run(scene);
      signal.throwIfAborted();
      await pause(step.readForMs);
    }
    return true;
  } catch (error) {
    signal.throwIfAborted();
    say('');
    say(style.bad(`✗ This did not happen: ${title}.`));
    say(`  ${safeText(reasonOf(error))}`);
    return false;
  } finally {
    await scene?.leave();
    await putBack().catch(() => {});
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof TourError || error instanceof UserError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
