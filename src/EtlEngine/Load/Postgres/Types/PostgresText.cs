using System.Runtime.CompilerServices;
using System.Text;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>text, varchar and char.</summary>
/// <param name="MaxLength">The largest number of characters; null for no limit.</param>
/// <param name="IsPadded">Whether it is char(n), which is compared without trailing spaces.</param>
internal sealed record PostgresText(int? MaxLength = null, bool IsPadded = false) : PostgresType
{
    /// <summary>The longest varchar.</summary>
    private const int Longest = 10_485_760;

    /// <summary>The database's encoding, if it lacks characters.</summary>
    public Encoding? Encoding { get; init; }

    public override string Sql => MaxLength is not { } most ? "text" : FormattableString.Invariant($"{(IsPadded ? "character" : "character varying")}({most})");

    public override string Takes => "text";

    public override string StagingSql => "text";

    public override bool HasKnownOrder => true;

    public override string KeyFromStage(string staged) => IsPadded ? $"{staged}::bpchar" : base.KeyFromStage(staged);

    public override ReadOnlySpan<byte> Hashed(ReadOnlySpan<byte> written) => IsPadded ? written.TrimEnd((byte)' ') : written;

    public override IEnumerable<TargetType> Wider(Records.Record record, int index) => MaxLength is not { } most || IsPadded ? [] :
    [
        .. Widening.Lengths(most, Longest).Select(length => this with { MaxLength = length }),
        this with { MaxLength = null },
    ];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override string? FromText(PostgresBuffer buffer, ReadOnlySpan<byte> utf8) =>
        MaxLength is { } most && utf8.Length > most && LengthOf(utf8) > most ? $"holds at most {most} characters"
        : Encoding is { } encoding && !Ascii.IsValid(utf8) && CodePages.CountBytes(encoding, Encoding.UTF8.GetString(utf8)) is null ? $"is in a database with the encoding {encoding.WebName}, which lacks a character of the text"
        : PutText(buffer, utf8);

    protected override string? FromValue(PostgresBuffer buffer, Utf8Scratch scratch, object value) =>
        StoredText.Of(value) is { } text ? FromChars(buffer, scratch, text) : Wrong;

    /// <summary>The number of characters; trailing spaces of a char(n) do not count.</summary>
    private int LengthOf(ReadOnlySpan<byte> utf8)
    {
        int count = 0;
        foreach (byte b in IsPadded ? utf8.TrimEnd((byte)' ') : utf8)
        {
            if ((b & 0xC0) != 0x80)
                count++;
        }
        return count;
    }
}
