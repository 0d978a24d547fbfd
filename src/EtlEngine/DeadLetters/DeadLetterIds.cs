using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.DeadLetters;

/// <summary>
/// Creates the ids of dead letters. A record with a position gets the same id in every run, so that a reader takes each letter once; a
/// record without a position gets an id of this run. So do records of an unordered source beyond the ids that are remembered of it, so that
/// memory is bounded and none of them is lost.
/// </summary>
/// <param name="runId">The run.</param>
/// <param name="maxUnordered">How many ids of unordered records are remembered, about 40 bytes each.</param>
internal sealed class DeadLetterIds(Guid runId, int maxUnordered = DeadLetterIds.MaxUnordered)
{
    private const int MaxUnordered = 1_000_000;

    private readonly Dictionary<string, (string Id, int Times)> _lastOfStage = [];
    private readonly Dictionary<UInt128, int> _unordered = [];
    private long _sequence;

    /// <summary>The next id.</summary>
    /// <param name="failed">The record.</param>
    /// <param name="sibling">How many records came before it at the same position; null if they are not counted.</param>
    public string Next(Record failed, int? sibling)
    {
        RecordError error = failed.Error!;
        if (!failed.HasPosition)
            return Hash(runId.ToString(), error.Stage, error.Code, Number(++_sequence));
        SourcePosition position = failed.Position;
        bool isUnordered = position.Source is { IsUnordered: true };
        string id = Hash(
            position.Source?.Path ?? "", position.Source?.Fingerprint ?? "", Number(position.Line), Number(position.ByteOffset),
            isUnordered ? "" : Number(position.Row), error.Stage, error.Code);
        // A record of another file with the same path and the same beginning gets another id, and so does another row at the same position.
        if (failed.SourceHash is var hash and not 0)
            id = Hash(id, Number(hash));
        if (isUnordered)
        {
            // Only equal records are numbered, because the others may come in any order.
            UInt128 key = DeadLetterHead.ToNumber(id);
            bool isKnown = _unordered.TryGetValue(key, out int equal);
            if (!isKnown && _unordered.Count == maxUnordered)
                return Hash(runId.ToString(), id, Number(++_sequence));
            _unordered[key] = equal + 1;
            return isKnown ? Hash(id, Number(equal)) : id;
        }
        if (sibling is { } number)
            return number == 0 ? id : Hash(id, Number(number));
        // A script may make several records of one row. If they fail, each has its own letter.
        _lastOfStage.TryGetValue(error.Stage, out (string Id, int Times) last);
        int times = last.Id == id ? last.Times + 1 : 0;
        _lastOfStage[error.Stage] = (id, times);
        return times == 0 ? id : Hash(id, Number(times));
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>128 bits of SHA-256 over the parts. Each part is preceded by its length, so that the parts cannot run into each
    /// other.</summary>
    private static string Hash(params ReadOnlySpan<string> parts)
    {
        var text = new StringBuilder();
        foreach (string part in parts)
            text.Append(CultureInfo.InvariantCulture, $"{part.Length}:{part};");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 16));
    }
}
