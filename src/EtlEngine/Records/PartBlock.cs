namespace EtlTools.Engine.Records;

/// <summary>The rows of another block, each a part of what a stage made of it, with another part behind it.</summary>
internal sealed class PartBlock(RecordBlock rows) : DerivedBlock(rows)
{
    public override bool IsLastAtPosition(int row) => false;
}
