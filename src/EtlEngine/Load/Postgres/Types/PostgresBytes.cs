using System.Buffers;
using System.Buffers.Text;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>bytea.</summary>
internal sealed record PostgresBytes : PostgresType
{
    public override string Sql => "bytea";

    public override string Takes => "bytes";

    public override bool HasKnownOrder => true;

    protected override string Wrong => "accepts only bytes, or text in hexadecimal digits after \\x or 0x, or in base64";

    /// <summary>Reads text as psql and SQL Server write bytes, \x0102ff and 0x0102FF, or otherwise as base64.</summary>
    public static bool TryRead(ReadOnlySpan<byte> utf8, out ReadOnlySpan<byte> bytes)
    {
        bool isHex = utf8.StartsWith("\\x"u8) || utf8.StartsWith("0x"u8);
        byte[] room = new byte[isHex ? (utf8.Length - 2) / 2 : Base64.GetMaxDecodedFromUtf8Length(utf8.Length)];
        OperationStatus status = isHex ? Convert.FromHexString(utf8[2..], room, out _, out int written) : Base64.DecodeFromUtf8(utf8, room, out _, out written);
        bytes = room.AsSpan(0, written);
        // The decoder skips spaces, which occur in prose but not in encoded bytes.
        return status == OperationStatus.Done && !utf8.Contains((byte)' ');
    }

    protected override string? FromText(PostgresBuffer buffer, ReadOnlySpan<byte> utf8)
    {
        if (!TryRead(utf8, out ReadOnlySpan<byte> bytes))
            return Wrong;
        buffer.WriteBytes(bytes);
        return null;
    }

    protected override string? FromValue(PostgresBuffer buffer, Utf8Scratch scratch, object value)
    {
        if (value is not byte[] bytes)
            return Wrong;
        buffer.WriteBytes(bytes);
        return null;
    }
}
