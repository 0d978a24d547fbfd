using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Load;

/// <summary>Records that know where they came from: a file of this name, and of this content.</summary>
internal sealed class Rows(string name, string fingerprint = "f1")
{
    private readonly SourceInfo _source = new(name, $"/data/{name}", fingerprint);

    /// <summary>A record of a row, with these columns and values, one after the other.</summary>
    public Record Record(long row, params object?[] namesAndValues)
    {
        string[] names = [.. namesAndValues.Where((_, i) => i % 2 == 0).Cast<string>()];
        return new Record(new Schema(names), new Block(_source, row, [.. namesAndValues.Where((_, i) => i % 2 == 1)]), 0);
    }

    private sealed class Block(SourceInfo source, long row, object?[] values) : RecordBlock
    {
        public override object? GetValue(int row, int column) => values[column];

        public override SourcePosition GetPosition(int _) => new(source, row + 1, row * 10, row);
    }
}
