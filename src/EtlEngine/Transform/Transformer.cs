using System.Buffers.Binary;
using System.Collections;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform.Rules;
using EtlTools.Engine.Transform.Shaping;

namespace EtlTools.Engine.Transform;

/// <summary>
/// Performs the declarative steps for one worker. Input records are never changed, so a failed record keeps its original values.
/// </summary>
internal sealed class Transformer(RecordTransform transform)
{
    private readonly TransformOptions _options = transform.Options;
    private readonly ColumnDigest _digest = new();
    private char[] _scratch = new char[256];
    private (ConversionContext? Letter, ConversionOptions Options) _ofLetter = (null, ConversionOptions.Default);

    /// <summary>The current record as it is so far.</summary>
    internal List<Record> Made { get; } = [];

    /// <summary>Trims, fills defaults, renames and converts.</summary>
    internal Record Prepare(Record record, InputPlan plan, ref Breaches breaches)
    {
        Record result = plan.Map is { } map ? record.Reshape(plan.Target, map) : record;
        if (_options.Trim)
            Trim(record, ref result);
        foreach ((int index, object? value) in plan.Defaults)
        {
            if (IsEmpty(Field.Of(result, index, ref _scratch)))
                Own(record, ref result)[index] = HostValues.Own(value);
        }
        bool hasUnconverted = plan.Types.Length > 0 && record.DeadLetter is { Unconverted.Count: > 0 };
        foreach ((int index, ColumnType type) in plan.Types)
        {
            if (hasUnconverted && plan.SourceOf(index) is >= 0 and var source && UnconvertedText.In(record, source) is { } text)
                ConvertAsLetterSays(text, record, ref result, index, type, ref breaches);
            else
                Convert(record, ref result, index, type, transform.Conversion, ref breaches);
        }
        return result;
    }

    /// <summary>Checks all rules except those of uniqueness.</summary>
    internal void Check(Record record, InputPlan plan, ref Breaches breaches)
    {
        foreach (ColumnRules rules in plan.Rules)
            rules.Check(record, ref _scratch, ref breaches);
    }

    /// <summary>Adds the record's values in the columns that must be unique, as hashes; zero if there are none.</summary>
    internal void AddDigests(Record record, InputPlan plan, List<UInt128> digests)
    {
        Span<byte> hash = stackalloc byte[32];
        foreach (int[] columns in plan.Unique)
            digests.Add(_digest.TryCompute(record, columns, hash, marksNested: true) ? BinaryPrimitives.ReadUInt128LittleEndian(hash) : default);
    }

    /// <summary>Sets columns, expands, chooses columns and hashes.</summary>
    /// <param name="record">The record from the script, or the input record.</param>
    /// <param name="computed">The values of <see cref="TransformOptions.SetColumns"/>, if any is computed.</param>
    /// <param name="output">Receives the resulting records.</param>
    public void Finish(Record record, object?[]? computed, List<Record> output)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(output);
        OutputPlan plan = transform.OutputOf(record.Schema);
        if (plan.IsEmpty)
        {
            output.Add(record);
            return;
        }
        Record whole = plan.WholeMap is { } map ? record.Reshape(plan.Whole, map) : plan.Set.Length > 0 ? record.Clone() : record;
        for (int i = 0; i < plan.Set.Length; i++)
            whole[plan.Set[i]] = HostValues.Own(computed is null ? _options.SetColumns[i].Constant : computed[i]);
        if (plan.Expand >= 0 && ListOf(whole[plan.Expand]) is { } list)
            Expand(whole, list, plan, output);
        else
            output.Add(Choose(whole, plan));
    }

    private static IEnumerable? ListOf(object? value) => value switch
    {
        JsonValue { IsArray: true } json => json.Items(),
        IEnumerable list and not (string or IDictionary or byte[]) => list,
        _ => null,
    };

    private void Expand(Record whole, IEnumerable list, OutputPlan plan, List<Record> output)
    {
        int before = output.Count;
        foreach (object? item in list)
        {
            Record one = whole.Clone();
            one[plan.Expand] = item;
            output.Add(Choose(one, plan));
        }
        if (output.Count > before)
            return;
        // An empty list gives no items, but its record must not be lost.
        Record none = whole.Clone();
        none[plan.Expand] = null;
        output.Add(Choose(none, plan));
    }

    private Record Choose(Record whole, OutputPlan plan)
    {
        if (plan.Chosen is null)
            return whole;
        Record chosen = whole.Reshape(plan.Chosen, plan.ChosenMap!);
        Span<byte> hash = stackalloc byte[32];
        foreach ((int index, int[] sources) in plan.Hashes)
            chosen[index] = _digest.TryCompute(whole, sources, hash) ? System.Convert.ToHexStringLower(hash) : null;
        return chosen;
    }

    private static bool IsEmpty(in Field field) => field.IsNull || (field.IsText && field.Text.IsEmpty);

    /// <summary>A copy of the input record, which may be changed.</summary>
    private static Record Own(Record record, ref Record result)
    {
        if (ReferenceEquals(record, result))
            result = record.Clone();
        return result;
    }

    /// <summary>A text that its source did not convert is converted with the source's options, unless the command has its own.</summary>
    private void ConvertAsLetterSays(UnconvertedText text, Record record, ref Record result, int index, ColumnType type, ref Breaches breaches)
    {
        if (_options.Conversion.Over(text.Context).Missing is { } missing)
        {
            breaches.Add(ErrorCodes.ConversionFailed, result.Schema[index], $"'{result.Schema[index]}' was read with a culture or a time zone that is not known here; give {missing}");
            return;
        }
        if (!ReferenceEquals(_ofLetter.Letter, text.Context))
            _ofLetter = (text.Context, _options.Conversion.Over(text.Context).ToOptions());
        Convert(record, ref result, index, type, _ofLetter.Options, ref breaches);
        if (type == ColumnType.String)
            result = text.Accept(result);
    }

    private void Convert(Record record, ref Record result, int index, ColumnType type, ConversionOptions conversion, ref Breaches breaches)
    {
        Field field = Field.Of(result, index, ref _scratch);
        object? value;
        if (type == ColumnType.String && !field.IsText && ValueText.TryNested(field.Value, out string? json))
        {
            Own(record, ref result)[index] = json;
            return;
        }
        bool converts = field.IsText ? ValueConversion.TryConvert(field.Text, type, out value, conversion) : ValueConversion.TryConvert(field.Value, type, out value, conversion);
        if (!converts)
            breaches.Add(ErrorCodes.ConversionFailed, result.Schema[index], ConversionRefusal.Of(result.Schema[index], type, conversion, field.IsText ? field.Text : default));
        else if (field.IsText ? type != ColumnType.String : !ReferenceEquals(value, field.Value))
            Own(record, ref result)[index] = value;
    }

    private static void Trim(Record record, ref Record result)
    {
        for (int i = 0; i < result.Schema.Count; i++)
        {
            if (result.TryGetUnreadUtf8(i, out ReadOnlySpan<byte> utf8) && !MayNeedTrim(utf8))
                continue;
            if (result[i] is string text && text.Trim() is var trimmed && trimmed.Length < text.Length)
                Own(record, ref result)[i] = trimmed;
        }
    }

    /// <summary>False if both ends are printable ASCII.</summary>
    private static bool MayNeedTrim(ReadOnlySpan<byte> utf8) =>
        !utf8.IsEmpty && (utf8[0] is <= (byte)' ' or >= 0x80 || utf8[^1] is <= (byte)' ' or >= 0x80);
}
