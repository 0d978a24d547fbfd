using System.Text.Json;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract.Json;

/// <summary>A pool worker that creates records from items.</summary>
internal sealed class JsonWorker(WorkerPort<JsonChunk> port, JsonFormat format)
{
    private readonly JsonItemReader _items = new(format.Flatten, format.RowColumns, format.DuplicateNames);

    /// <summary>Works until the input ends.</summary>
    public static Task RunAsync(WorkerPort<JsonChunk> port, JsonFormat format) => new JsonWorker(port, format).RunAsync();

    private async Task RunAsync()
    {
        await foreach (JsonChunk chunk in port.Input.ReadAllAsync(port.Stopping).ConfigureAwait(false))
        {
            long began = port.Time.GetTimestamp();
            MakeRecords(chunk);
            port.Finish(chunk, port.Time.GetElapsedTime(began));
        }
    }

    private void MakeRecords(JsonChunk chunk)
    {
        JsonRow[] rows = chunk.Rows;
        var block = new JsonBlock(chunk.Bytes, chunk.Cells ?? ReadItems(chunk), rows, chunk.Source, chunk.FirstRow);
        if (chunk.IsTranscoded && chunk.Bytes.AsSpan().IndexOf(TextEncoding.InvalidMark) >= 0)
            RefuseInvalidText(chunk);
        for (int i = 0; i < rows.Length; i++)
        {
            Record record = new(rows[i].Shape?.Schema ?? Schema.Empty, block, i);
            chunk.Output.Add(rows[i].Fault == JsonFault.None ? record : JsonFailures.Of(rows[i], chunk.Item(i), format, record, port.NewError));
        }
        chunk.Made = rows.Length;
    }

    /// <summary>Decoding has marked invalid bytes.</summary>
    private static void RefuseInvalidText(JsonChunk chunk)
    {
        for (int i = 0; i < chunk.Rows.Length; i++)
        {
            if (chunk.Item(i).IndexOf(TextEncoding.InvalidMark) >= 0)
                chunk.Rows[i].Fault = JsonFault.InvalidBytes;
        }
    }

    private JsonCell[] ReadItems(JsonChunk chunk)
    {
        _items.Cells.Clear();
        for (int i = 0; i < chunk.Rows.Length; i++)
        {
            ref JsonRow row = ref chunk.Rows[i];
            if (row.Fault == JsonFault.None)
                ReadItem(chunk.Item(i), ref row);
        }
        return [.. _items.Cells];
    }

    private void ReadItem(ReadOnlySpan<byte> item, ref JsonRow row)
    {
        JsonFault fault = JsonFault.Invalid;
        _items.Begin(ref row);
        try
        {
            if (_items.TryRead(item, isAll: true, ref row))
            {
                ReadOnlySpan<byte> rest = item[_items.Done..];
                if (rest.IsEmpty)
                    return;
                fault = rest.Trim(" \t"u8).SequenceEqual(","u8) ? JsonFault.CommaBehind : JsonFault.MoreBehind;
            }
        }
        catch (JsonException)
        {
            // The error is reported as the item's.
            row.Shape = null;
        }
        _items.Abandon(ref row);
        row.Shape = null;
        row.Fault = fault;
        row.FaultOffset = row.Offset + _items.Done;
    }
}
