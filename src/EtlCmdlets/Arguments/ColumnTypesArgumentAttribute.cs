using System.Management.Automation;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Says how types are given where a type stands alone, as Import-Csv of other tools would take it.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ColumnTypesArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        ValueUnwrapper.Unwrap(inputData) is string type
            ? throw new ArgumentTransformationMetadataException($"'{type}' does not say for which column. Use a hashtable: @{{ column = '{type}' }}.")
            : inputData;
}
