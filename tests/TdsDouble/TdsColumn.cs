namespace EtlTools.Tests.Tds;

/// <summary>A column of a result or of a bulk load.</summary>
public sealed record TdsColumn
{
    private const int Nullable = 0x01;
    private const int Writable = 0x04;

    /// <summary>A column of a type as T-SQL writes it.</summary>
    public TdsColumn(string name, string type)
    {
        Name = name;
        Type = TdsType.Parse(type);
    }

    private TdsColumn(string name, TdsType type)
    {
        Name = name;
        Type = type;
    }

    /// <summary>The column's name.</summary>
    public string Name { get; }

    internal TdsType Type { get; }

    /// <summary>Reads COLMETADATA behind its token.</summary>
    internal static TdsColumn[] ReadAll(TdsReader reader)
    {
        var columns = new TdsColumn[reader.UInt16()];
        for (int i = 0; i < columns.Length; i++)
        {
            // User type and flags.
            reader.Bytes(6);
            var type = TdsType.Read(reader);
            columns[i] = new TdsColumn(reader.ShortText(), type);
        }
        return columns;
    }

    internal void Write(TdsWriter writer)
    {
        writer.Int32(0).UInt16(Nullable | Writable);
        Type.Write(writer);
        writer.ShortText(Name);
    }
}
