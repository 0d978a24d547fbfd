namespace EtlTools.Engine.Load.Postgres;

/// <summary>bytea.</summary>
internal sealed record PostgresBytes : PostgresType
{
    public override string Sql => "bytea";

    public override string Takes => "bytes";

    protected override string? FromText(PostgresBuffer buffer, ReadOnlySpan<byte> utf8) => Wrong;

    protected override string? FromValue(PostgresBuffer buffer, Utf8Scratch scratch, object value)
    {
        if (value is not byte[] bytes)
            return Wrong;
        buffer.WriteBytes(bytes);
        return null;
    }
}
