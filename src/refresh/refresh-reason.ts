/** Why a refresh is wanted, as its history tells it. What a process left behind is taken up, never sent. */
import type { RefreshEventReason } from '../accounts/refresh-event.entity.js';

export type RefreshReason = Exclude<RefreshEventReason, 'RECOVERED'>;
