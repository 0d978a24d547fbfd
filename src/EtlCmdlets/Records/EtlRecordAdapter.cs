using System.Collections.ObjectModel;
using System.Management.Automation;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets;

/// <summary>Presents a record's columns as properties to PowerShell's commands for formatting, selecting, sorting and exporting.</summary>
public sealed class EtlRecordAdapter : PSPropertyAdapter
{
    // The type names by which the views of failed records and dead letters are found.
    private static readonly string[] Good = [typeof(EtlRecord).FullName!, typeof(object).FullName!];
    private static readonly string[] Failed = [$"{Good[0]}#Failed", .. Good];
    private static readonly string[] Letter = [$"{Good[0]}#DeadLetter", .. Good];

    /// <inheritdoc/>
    public override Collection<string> GetTypeNameHierarchy(object baseObject)
    {
        Record record = RecordOf(baseObject);
        return new Collection<string>(record.Error is not null ? Failed : record.DeadLetter is not null ? Letter : Good);
    }

    /// <inheritdoc/>
    public override Collection<PSAdaptedProperty> GetProperties(object baseObject)
    {
        var properties = new Collection<PSAdaptedProperty>();
        ((EtlRecord)baseObject).ExpectMembers();
        foreach (string name in RecordOf(baseObject).Schema.Names)
            properties.Add(new PSAdaptedProperty(name, null));
        return properties;
    }

    /// <inheritdoc/>
    public override PSAdaptedProperty? GetProperty(object baseObject, string propertyName)
    {
        Record record = RecordOf(baseObject);
        ((EtlRecord)baseObject).ExpectMembers();
        int index = record.Schema.IndexOf(propertyName);
        if (index >= 0)
            return new PSAdaptedProperty(record.Schema[index], null);
        return RecordMetadata.TryGet(record, propertyName, out _) || FailureFields.TryGet(record, propertyName, out _) ? new PSAdaptedProperty(propertyName, null) : null;
    }

    /// <inheritdoc/>
    public override object? GetPropertyValue(PSAdaptedProperty adaptedProperty)
    {
        ArgumentNullException.ThrowIfNull(adaptedProperty);
        Record record = RecordOf(adaptedProperty.BaseObject);
        int index = record.Schema.IndexOf(adaptedProperty.Name);
        if (index >= 0)
            return ((EtlRecord)adaptedProperty.BaseObject).Read(index);
        return RecordMetadata.TryGet(record, adaptedProperty.Name, out object? value) || FailureFields.TryGet(record, adaptedProperty.Name, out value) ? value : null;
    }

    /// <inheritdoc/>
    public override void SetPropertyValue(PSAdaptedProperty adaptedProperty, object? value)
    {
        ArgumentNullException.ThrowIfNull(adaptedProperty);
        ((EtlRecord)adaptedProperty.BaseObject).Set(adaptedProperty.Name, value);
    }

    /// <inheritdoc/>
    public override bool IsGettable(PSAdaptedProperty adaptedProperty) => true;

    /// <inheritdoc/>
    public override bool IsSettable(PSAdaptedProperty adaptedProperty)
    {
        ArgumentNullException.ThrowIfNull(adaptedProperty);
        return RecordOf(adaptedProperty.BaseObject).Schema.IndexOf(adaptedProperty.Name) >= 0;
    }

    /// <inheritdoc/>
    public override string GetPropertyTypeName(PSAdaptedProperty adaptedProperty) =>
        GetPropertyValue(adaptedProperty)?.GetType().FullName ?? "System.Object";

    private static Record RecordOf(object baseObject) => ((EtlRecord)baseObject).Record;
}
