#!/usr/bin/env bash
# Records docs/quickstart.svg from a real terminal session: tmux plays the keys, pwsh (or the shell named by the first argument)
# runs them, and what the terminal showed becomes the frames. The module must have been built.
set -euo pipefail
cd "$(dirname "$0")/.."

columns=112 rows=34 interval=0.25
shell=${1:-"dotnet tool exec powershell -y -- -NoProfile -NoLogo"}
captures=$(mktemp -d) work=$(mktemp -d)
session=etltools-record-$$
trap 'tmux kill-session -t "$session" 2>/dev/null || true; rm -rf "$captures" "$work"' EXIT

cp examples/orders.csv "$work"
awk 'BEGIN { print "order_id,email,customer,amount,ordered_at"
    for (i = 1; i <= 900000; i++) printf "%08d,user%d@example.org,Customer %d,%d.50,2026-11-02T09:12:00\n", i, i, i, i % 500 }' >"$work/big.csv"

frame=0
capture() {
    frame=$((frame + 1))
    tmux capture-pane -e -p -t "$session" >"$captures/$(printf %05d "$frame")"
    sleep "$interval"
}
await() { # until the screen shows the text
    for _ in $(seq 400); do
        capture
        if tmux capture-pane -p -t "$session" | grep -qF -- "$1"; then return; fi
    done
    echo "The screen never showed '$1':" >&2
    tmux capture-pane -p -t "$session" >&2
    exit 1
}
type() { tmux send-keys -t "$session" -l -- "$1"; capture; tmux send-keys -t "$session" Enter; }

tmux new-session -d -s "$session" -x "$columns" -y "$rows" "$shell"
sleep 6
tmux send-keys -t "$session" -l "Import-Module $PWD/$(ls -d output/EtlTools/*/)EtlTools.psd1; Set-Location $work; Clear-Host"
tmux send-keys -t "$session" Enter
sleep 6
type "Import-EtlCsv ./orders.csv -Type @{ amount = 'decimal'; ordered_at = 'datetime' } | Invoke-EtlTransform -Required email | Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=shop.db' -Table orders -Key order_id -CreateTable -DeadLetterPath orders.dead.jsonl"
await 'Stages'
for _ in $(seq 12); do capture; done
type 'Import-EtlDeadLetter orders.dead.jsonl | Format-Table EtlPosition, Code, Column, Message'
await 'The row has'
for _ in $(seq 12); do capture; done
type "cls; Import-EtlCsv ./big.csv | Invoke-EtlTransform { \$_.email = \$_.email.ToUpper(); \$_ } | Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=shop.db' -Table big -Key order_id -CreateTable"
await 'Succeeded'
for _ in $(seq 4); do capture; done

dotnet run eng/TerminalSvg.cs -- "$captures" docs/quickstart.svg "$columns" "$rows" "$interval"
echo "Recorded docs/quickstart.svg"
