namespace EtlTools.Tests.Tds;

/// <summary>Reads what a client sends after its login.</summary>
internal static class RequestReader
{
    private const byte ColumnsToken = 0x81;
    private const byte RowToken = 0xD1;
    private const ushort ByNumber = 0xFFFF;
    private const ushort ExecuteSql = 10;

    public static TdsRequest Read(PacketType type, byte[] data, int session)
    {
        var reader = new TdsReader(data);
        switch (type)
        {
            case PacketType.SqlBatch:
                reader.SkipHeaders();
                return new BatchRequest(session, reader.Text((data.Length - reader.Position) / 2));
            case PacketType.Rpc:
                reader.SkipHeaders();
                return ReadCall(reader, session);
            case PacketType.BulkLoad:
                return ReadRows(reader, session);
            case PacketType.Transaction:
                reader.SkipHeaders();
                return new TransactionRequest(session, (TransactionAction)reader.UInt16());
            case PacketType.Attention:
                return new Attention(session);
            default:
                throw new NotSupportedException($"The double knows no message of type {type}.");
        }
    }

    private static RpcCall ReadCall(TdsReader reader, int session)
    {
        ushort length = reader.UInt16();
        string name;
        if (length == ByNumber)
            name = reader.UInt16() is var number && number == ExecuteSql ? "sp_executesql" : $"#{number}";
        else
            name = reader.Text(length);
        // Option flags.
        reader.UInt16();
        var parameters = new List<TdsParameter>();
        while (!reader.IsAtEnd)
        {
            string parameter = reader.ShortText();
            reader.Byte();
            parameters.Add(new TdsParameter(parameter, TdsValue.Read(reader, TdsType.Read(reader))));
        }
        return new RpcCall(session, name, parameters);
    }

    private static BulkLoad ReadRows(TdsReader reader, int session)
    {
        if (reader.Byte() != ColumnsToken)
            throw new InvalidDataException("A bulk load begins with its columns.");
        TdsColumn[] columns = TdsColumn.ReadAll(reader);
        var rows = new List<object?[]>();
        while (reader.Byte() == RowToken)
            rows.Add([.. columns.Select(column => TdsValue.Read(reader, column.Type))]);
        return new BulkLoad(session, columns, rows);
    }
}
